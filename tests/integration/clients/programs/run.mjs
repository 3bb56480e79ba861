// Does the checks of a program beside it: run.mjs PROGRAM URL MODEL prints what each of them returned, as JSON.
import { pathToFileURL } from "node:url";

const [program, url, model] = process.argv.slice(2);
const checks = (await import(pathToFileURL(program))).default(url, model);
const found = {};
for (const [name, check] of Object.entries(checks)) {
  try {
    found[name] = (await check()) ?? null;
  } catch (error) {
    found[name] = `${error.name}: ${error.message}`; // the test says what it expected
  }
}
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
