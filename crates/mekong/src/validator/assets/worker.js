// Judges in the browser: runs the module beside the page. It fetches the module and what it judges by, and sends nothing.
"use strict";

let module;
let files;
let setting;

const fetched = async (path) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
};

const bytesOf = async (path) => new Uint8Array(await (await fetched(path)).arrayBuffer());

const load = async () => {
  const loading = bytesOf("/validator.wasm").then((bytes) => WebAssembly.compile(bytes));
  setting = await (await fetched("/setting.json")).json();
  files = await Promise.all(setting.files.map((digest) => bytesOf(`/setting/${digest}`)));
  module = await loading;
};

// A new instance for every document: its memory is given back afterwards.
const judge = async ({ name, document, contents }) => {
  const { exports } = await WebAssembly.instantiate(module, {});
  const put = (index, bytes) => {
    const address = exports.mekong_buffer(index, bytes.length) >>> 0;
    if (address === 0) throw new Error(`no memory left for ${bytes.length} bytes`);
    new Uint8Array(exports.memory.buffer, address, bytes.length).set(bytes);
  };
  const read = async (file) => new Uint8Array(await file.arrayBuffer());
  put(0, await read(document));
  files.forEach((bytes, index) => put(setting.first + index, bytes));
  let next = setting.first + files.length;
  const content = [];
  for (const file of contents) {
    put(next, await read(file));
    content.push({ buffer: next, name: file.name });
    next += 1;
  }
  const question = { ...setting.question, document: 0, name, at: new Date().toISOString(), content };
  put(next, new TextEncoder().encode(JSON.stringify(question)));
  const code = exports.mekong_answer(next);
  const address = exports.mekong_answer_address() >>> 0;
  const length = exports.mekong_answer_length() >>> 0;
  const answer = JSON.parse(new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, length)));
  if (code === 2) throw new Error(answer.error);
  return answer;
};

const ready = load();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ error: String(error) }),
);

onmessage = async ({ data }) => {
  try {
    await ready;
    postMessage({ answer: await judge(data), asked: data.asked, name: data.name });
  } catch (error) {
    postMessage({ error: String(error), asked: data.asked, name: data.name });
  }
};
