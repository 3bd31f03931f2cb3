/** A weights file comes in: dropped or chosen, sent as it is, with a bar; card.json and manifest.json are read here. */

import { bringing, dropped } from "./files.js";

const MB = 1e6;
const amount = (bytes) => (bytes / MB).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

class CheckpointDrop extends HTMLElement {
  connectedCallback() {
    this.zone = this.querySelector(".zone");
    this.input = this.querySelector("input[type=file]");
    this.status = this.querySelector(".arrived");
    this.input.multiple = true; // card.json and manifest.json may come along
    this.input.accept += ",.json";
    this.row = this.querySelector(".sending");
    this.form = this.closest("form");
    this.querySelector(".invite").hidden = false;
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.row.querySelector("button").addEventListener("click", () => this.request?.abort());
    this.form.addEventListener("submit", (event) => this.ready(event));
    this.listen();
  }

  listen() {
    dropped((transfer) => this.take([...transfer.files]), (on) => this.zone.classList.toggle("over", on));
    addEventListener("beforeunload", (event) => {
      if (this.request) event.preventDefault();
    });
  }

  async take(files) {
    for (const file of files) {
      if (file.name.endsWith("manifest.json")) this.form.elements.manifest.value = await file.text();
      else if (file.name.endsWith(".json")) this.form.querySelector('typed-rows[data-name="card"]').fill(await file.text());
      else this.send(file);
    }
  }

  send(file) {
    this.request?.abort();
    this.forget();
    if (file.size > Number(this.dataset.most)) return this.say(this.dataset.heavy, "worse");
    const request = (this.request = bringing(`${this.dataset.to}?${new URLSearchParams({ name: file.name })}`));
    const bar = this.row.querySelector("progress");
    this.row.hidden = false;
    const words = { all: amount(file.size) };
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.loaded / event.total;
      this.say(event.loaded < event.total ? this.dataset.sending.replace("{done}", amount(event.loaded)).replace("{all}", words.all) : this.dataset.looking, "dim", file.name);
    });
    request.addEventListener("abort", () => this.request === request && this.end(""));
    request.addEventListener("error", () => this.request === request && this.end(this.dataset.lost));
    request.addEventListener("load", () => this.request === request && this.answered(file, request, words));
    request.setRequestHeader("Accept", "application/json");
    request.send(file);
  }

  answered(file, request, words) {
    let said = {};
    try {
      said = JSON.parse(request.responseText);
    } catch {
      return this.end(this.dataset.lost);
    }
    if (request.status !== 201) return this.end(`${said.title} ${said.detail}`);
    this.end("");
    this.form.elements.checkpoint_sha.value = said.sha;
    this.form.elements.checkpoint_name.value = file.name;
    this.say(this.dataset.whole.replace("{all}", words.all), "dim", file.name);
    if (said.known) {
      const link = Object.assign(document.createElement("a"), { href: said.known.address, textContent: said.known.name });
      this.status.append(document.createElement("br"), `${this.dataset.known} `, link, ".");
    }
  }

  /** The transfer is over; `wrong` is why nothing came of it, empty where that needs no sentence. */
  end(wrong) {
    this.request = null;
    this.row.hidden = true;
    this.input.value = ""; // the form sends the hash, never the file again
    this.say(wrong, "worse");
  }

  forget() {
    this.form.elements.checkpoint_sha.value = this.form.elements.checkpoint_name.value = "";
    document.getElementById("file-wrong")?.remove();
  }

  say(text, kind, name = "") {
    const parts = [];
    if (name) parts.push(Object.assign(document.createElement("b"), { textContent: name }), " ");
    if (text) parts.push(Object.assign(document.createElement("span"), { className: kind, textContent: text }));
    this.status.replaceChildren(...parts);
  }

  ready(event) {
    if (this.form.elements.checkpoint_sha.value && !this.request) return;
    event.preventDefault();
    this.say(this.request ? this.dataset.busy : this.dataset.missing, "worse");
    this.input.focus();
  }
}

/** Rows of key and value: one more by a button, or all from a JSON file. */
class TypedRows extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.add("", "").querySelector("input").focus());
  }

  add(key, value) {
    const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
    const [left, right] = row.querySelectorAll("input");
    [left.value, right.value] = [key, value];
    this.button.before(row);
    return row;
  }

  fill(text) {
    this.closest("details")?.setAttribute("open", "");
    let body = null;
    try {
      body = JSON.parse(text);
    } catch {
      // said below: it is no table
    }
    if (body === null || typeof body !== "object" || Array.isArray(body)) return this.add("card.json", text.slice(0, 200));
    for (const row of this.querySelectorAll(".pair")) if (![...row.querySelectorAll("input")].some((input) => input.value)) row.remove();
    for (const [key, value] of Object.entries(body)) this.add(key, typeof value === "string" ? value : JSON.stringify(value));
  }
}

customElements.define("checkpoint-drop", CheckpointDrop);
customElements.define("typed-rows", TypedRows);
