// Runs questions through the module, as a page does, for the test that holds it equal to the native code.
// node host.mjs MODULE CASES: CASES is JSON, [{ "question": {…}, "buffers": [PATH, …] }]; one line an answer, its code before.
import { readFileSync } from "node:fs";

const [module, cases] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(module), {});
const { memory, mekong_buffer, mekong_answer, mekong_answer_address, mekong_answer_length, mekong_clear } =
  instance.exports;

const put = (index, bytes) => {
  const address = mekong_buffer(index, bytes.length);
  if (address === 0 && bytes.length > 0) throw new Error(`no room for ${bytes.length} bytes`);
  new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
};

for (const { question, buffers } of JSON.parse(readFileSync(cases, "utf8"))) {
  mekong_clear();
  buffers.forEach((path, index) => put(index, readFileSync(path)));
  put(buffers.length, new TextEncoder().encode(JSON.stringify(question)));
  const started = performance.now();
  const code = mekong_answer(buffers.length);
  const took = performance.now() - started;
  const answer = new Uint8Array(memory.buffer, mekong_answer_address() >>> 0, mekong_answer_length() >>> 0);
  process.stdout.write(`${code} ${took.toFixed(2)} ${new TextDecoder().decode(answer)}\n`);
}
