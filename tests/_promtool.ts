/** Prometheus' own tool, which checks what is for Prometheus, where it is installed. */

async function isThere(): Promise<boolean> {
  try {
    return (await new Deno.Command("promtool", { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether `promtool` is on this machine. */
export const hasPromtool = await isThere();
