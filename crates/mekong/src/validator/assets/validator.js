// The page: gives chosen or dropped files to the worker and shows its verdict. Nothing is sent to the server unless the
// browser cannot judge and the reader then presses the button.
"use strict";

const form = document.getElementById("upload");
const chosen = document.getElementById("document");
const content = document.getElementById("content");
const progress = document.getElementById("progress");
const place = document.getElementById("verdict");
const language = document.documentElement.lang;
const words = form.dataset;

// "loading", "browser" or "server": who judges.
let judge = "loading";
let waiting = false;
let worker;
// Of the file chosen last; answers about others come too late.
let asked = 0;

const say = (text) => {
  progress.textContent = text;
  form.setAttribute("aria-busy", String(text !== ""));
};

const become = (who) => {
  judge = who;
  document.getElementById("on-server").hidden = who === "browser";
  document.getElementById("in-browser").hidden = who !== "browser";
  document.documentElement.dataset.judge = who;
};

const element = (name, text, className) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

const show = (name, answer) => {
  const of = element("p", "", "of");
  of.append(element("strong", name), " ", element("span", words.done, "muted"));
  // The module escapes everything foreign in its fragment.
  const fragment = document.createRange().createContextualFragment(answer.html[language]);
  const report = element("details", "", "report");
  const text = document.createElement("pre");
  text.append(element("code", JSON.stringify(answer.verdict, null, 2)));
  report.append(element("summary", words.detail), text);
  place.replaceChildren(of, fragment, report);
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
};

const ask = () => {
  if (judge === "loading") {
    waiting = true;
    say(words.loading);
    return;
  }
  const [file] = chosen.files;
  if (judge !== "browser" || !file) return;
  place.replaceChildren();
  say(words.working);
  asked += 1;
  worker.postMessage({ asked, name: file.name, document: file, contents: [...content.files] });
};

const failed = () => {
  if (worker) worker.terminate();
  become("server");
  say(waiting || place.childElementCount === 0 ? words.failed : "");
  form.setAttribute("aria-busy", "false");
};

try {
  worker = new Worker("/worker.js");
  worker.onerror = failed;
  worker.onmessage = ({ data }) => {
    if (data.asked !== undefined && data.asked !== asked) return;
    if (data.error) {
      console.error(data.error);
      failed();
    } else if (data.ready) {
      become("browser");
      say("");
      if (waiting) ask();
    } else {
      say("");
      show(data.name, data.answer);
    }
  };
} catch {
  failed();
}

form.addEventListener("submit", (event) => {
  if (judge === "server") return;
  event.preventDefault();
  ask();
});
chosen.addEventListener("change", () => {
  if (judge !== "server" && chosen.files.length > 0) ask();
});
content.addEventListener("change", () => {
  if (judge !== "server" && chosen.files.length > 0) ask();
});

const drop = form.querySelector(".drop");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer.files.length === 0) return;
  chosen.files = event.dataTransfer.files;
  if (judge !== "server") ask();
});
