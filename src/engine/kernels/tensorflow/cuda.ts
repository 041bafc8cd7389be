/**
 * Which CUDA devices there are, asked of NVIDIA's driver itself: it knows without any CUDA toolkit, and where no NVIDIA
 * driver is, its library is not there either.
 *
 * @module
 */

/** The driver's library by its name in the loader's path (CUDA Driver API, "libcuda.so.1" on Linux). */
const DRIVER = Deno.build.os === "windows" ? "nvcuda.dll" : "libcuda.so.1";

/** CUDA_SUCCESS of cuda.h. */
const SUCCESS = 0;
const NAME_BYTES = 256;

/** The part of the CUDA Driver API that lists devices; all return a CUresult, 0 for success. */
const symbols = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGet: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const;

/**
 * The names of the CUDA devices that this process may use, in the order in which TensorFlow counts them; empty without
 * a driver or without a device. CUDA_VISIBLE_DEVICES is respected by the driver. Needs --allow-ffi.
 */
export function cudaDevices(driver: string = DRIVER): string[] {
  let library: Deno.DynamicLibrary<typeof symbols>;
  try {
    library = Deno.dlopen(driver, symbols);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return []; // no NVIDIA driver
  }
  try {
    return list(library.symbols);
  } finally {
    library.close();
  }
}

function list(driver: Deno.DynamicLibrary<typeof symbols>["symbols"]): string[] {
  const count = new Int32Array(1);
  if (driver.cuInit(0) !== SUCCESS || driver.cuDeviceGetCount(count) !== SUCCESS) return [];
  const names: string[] = [];
  const handle = new Int32Array(1);
  for (let ordinal = 0; ordinal < count[0]; ordinal++) {
    const name = new Uint8Array(NAME_BYTES);
    const found = driver.cuDeviceGet(handle, ordinal) === SUCCESS &&
      driver.cuDeviceGetName(name, NAME_BYTES, handle[0]) === SUCCESS;
    names.push(found ? new TextDecoder().decode(name.subarray(0, name.indexOf(0))) : `device ${ordinal}`);
  }
  return names;
}
