/**
 * To be imported before all else: dependencies of libp2p read the whole environment while they are loaded, and without
 * the permission would end the process with a stack trace.
 *
 * @module
 */
if (Deno.permissions.querySync({ name: "env" }).state !== "granted") {
  console.error(
    "error: starting: Deno must be allowed to read the environment, which libp2p needs; give it --allow-env",
  );
  Deno.exit(1);
}
