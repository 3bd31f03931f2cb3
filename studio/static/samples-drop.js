/** Photos come in: dropped anywhere or chosen, one request a file, each with its own bar and sentence. */

import { bringing, dropped, showing } from "./files.js";
import { show } from "./samples-chosen.js";

const AT_ONCE = 3;

class PhotoDrop extends HTMLElement {
  connectedCallback() {
    this.waiting = [];
    this.under_way = this.done = this.all = this.kept = 0;
    this.panel = this.querySelector(".arrivals");
    const input = this.querySelector("input[type=file]");
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
    this.panel.querySelector("[data-close]").addEventListener("click", () => this.close());
    this.panel.addEventListener("click", (event) => this.decided(event));
    this.listen();
  }

  listen() {
    const here = this.querySelector(".drop-here");
    dropped(async (transfer) => this.add(await files(transfer)), (on) => (here.hidden = !on));
    addEventListener("beforeunload", (event) => {
      if (this.under_way) event.preventDefault();
    });
  }

  add(files) {
    if (!files.length) return;
    this.panel.hidden = false;
    for (const file of files) {
      const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
      row.querySelector("b").textContent = file.name;
      this.panel.querySelector("ol").append(row);
      this.waiting.push({ file, row });
    }
    this.all += files.length;
    this.pump();
  }

  pump() {
    while (this.under_way < AT_ONCE && this.waiting.length) this.send(this.waiting.shift());
    this.count();
  }

  send(job, keep = false) {
    this.under_way += 1;
    const bar = job.row.querySelector("progress");
    bar.hidden = false;
    if (job.file.size > Number(this.dataset.most)) return this.say(job, this.sentence(this.dataset.heavy, "worse"));
    const query = new URLSearchParams({ name: job.file.name, ...(keep ? { keep: 1 } : {}) });
    const request = bringing(`${this.dataset.to}?${query}`);
    showing(bar, request);
    request.addEventListener("loadend", () => this.answered(job, request));
    request.setRequestHeader("HX-Request", "true"); // a failure is one line, not a page
    request.send(job.file);
  }

  answered(job, request) {
    if (request.status === 201) this.kept += 1;
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    this.say(job, request.status ? [...page.body.children] : this.sentence(this.dataset.lost, "worse"));
  }

  say(job, parts) {
    job.row.querySelector("progress").hidden = true;
    job.row.querySelector(".said").replaceChildren(...parts);
    const mine = job.row.querySelector("[data-mine]");
    if (mine) mine.src = URL.createObjectURL(job.file);
    job.row.job = mine ? job : null;
    const became = job.row.querySelector("[data-became]")?.dataset.became ?? "refused";
    job.row.dataset.became = became;
    if (became === "like" || became === "refused") job.row.parentElement.prepend(job.row); // what wants a look first
    this.under_way -= 1;
    this.done += 1;
    this.pump();
    if (!this.under_way && this.kept) this.refresh();
  }

  decided(event) {
    const row = event.target.closest("li");
    if (!row?.job || !event.target.closest("[data-keep], [data-leave]")) return;
    const job = row.job;
    URL.revokeObjectURL(row.querySelector("[data-mine]").src);
    if (event.target.closest("[data-leave]")) {
      row.job = row.dataset.became = null;
      row.querySelector(".said").replaceChildren(...this.sentence(this.dataset.left, "faint"));
    } else {
      this.done -= 1;
      row.querySelector(".said").replaceChildren();
      this.send(job, true);
    }
    this.count();
  }

  sentence(text, kind) {
    const line = document.createElement("p");
    line.append(Object.assign(document.createElement("span"), { className: kind, textContent: text }));
    return [line];
  }

  count() {
    const spell = (words, ...numbers) =>
      numbers.reduce((text, n) => text.replace("#", n.toLocaleString(document.documentElement.lang)), words);
    const busy = this.done < this.all;
    const parts = busy ? [spell(this.dataset.done, this.done, this.all)] : [];
    for (const became of ["kept", "known", "like", "refused"]) {
      const n = this.panel.querySelectorAll(`[data-became="${became}"]:is(li)`).length;
      if (n) parts.push(spell(this.dataset[became], n));
    }
    this.panel.querySelector("h2").textContent = parts.join(" · ");
    const bar = this.panel.querySelector("progress");
    bar.value = this.done / this.all;
    bar.hidden = !busy;
  }

  close() {
    if (this.under_way) return;
    this.panel.querySelector("ol").replaceChildren();
    this.panel.hidden = true;
    this.all = this.done = 0;
  }

  /** The wall as it is now, in place; what is selected stays selected. */
  async refresh() {
    this.kept = 0;
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("library");
    if (!fresh) return;
    document.getElementById("library").replaceWith(fresh);
    window.htmx?.process(fresh);
    show();
  }
}

/** The files of a drop, those inside dropped folders too. */
async function files(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = await Promise.all(entries.map(inside));
  return found.flat().filter((file) => !file.name.startsWith("."));
}

async function inside(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at a time
    if (!some.length) return (await Promise.all(found.map(inside))).flat();
    found.push(...some);
  }
}

customElements.define("photo-drop", PhotoDrop);
