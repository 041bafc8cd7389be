/**
 * Prints what modules export, as one line of JSON: the names that an import can name, by the modules on its command
 * line. A process of its own, because some packages register themselves when they are loaded.
 *
 * @module
 */
const exported: Record<string, string[]> = {};
for (const name of Deno.args) {
  const names = Object.keys(await import(name));
  // CommonJS has more: its own module, and a mark of compilers
  exported[name] = names.filter((each) => /^[A-Za-z_$][\w$]*$/.test(each) && each !== "__esModule").toSorted();
}
console.log(JSON.stringify(exported));
Deno.exit(0); // a package may keep the process alive
