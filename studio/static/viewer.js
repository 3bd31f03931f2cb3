/** One picture large: columns change in the same place, holding a key shows the photo. It shares the grid's view,
    but at rest it shows the real file pixel for pixel. */

import { steer } from "./gestures.js";
import { cover } from "./heat.js";
import { enter, leave } from "./place.js";
import { columns, Probe } from "./probe.js";

const FAR = 40; // px a key moves the picture

export class Viewer {
  #dialog = document.getElementById("viewer");
  #stage = this.#dialog.querySelector(".stage");
  #place = this.#dialog.querySelector(".place");
  #buttons = this.#dialog.querySelector(".columns");
  #details = this.#dialog.querySelector(".details");
  #probe = new Probe(this.#dialog.querySelector(".probe"));
  #held = false;
  #row = null;
  #column = 0;

  /** `desk` gives rows and is told where one went: `line(row)`, `go(row, column)`. */
  constructor(desk) {
    [this.desk, this.view] = [desk, desk.view];
    this.#dialog.addEventListener("cancel", (event) => this.#leave(event));
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("keyup", (event) => [" ", "x"].includes(event.key) && this.#hold(false));
    this.#dialog.querySelector(".close").addEventListener("click", () => this.close());
    this.view.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.#stage);
    steer(this.#stage, this.view, () => this.#under(), { wheel: true });
    this.#stage.addEventListener("pointermove", (event) => this.#point(event));
    this.#stage.addEventListener("pointerleave", () => this.#probe.leave());
  }

  get shown() {
    return this.#dialog.open;
  }

  /** Show a place; “back” returns to the grid. */
  open(row, column) {
    enter({ mode: "large", row, column });
    this.show(row, column);
  }

  close() {
    if (this.shown) leave({ mode: null });
    this.hide();
  }

  #leave(event) {
    event.preventDefault();
    this.close();
  }

  show(row, column) {
    const line = this.desk.line(row);
    if (!line) return;
    if (!this.shown) this.#dialog.showModal();
    if (row !== this.#row) this.#fill(line);
    [this.#row, this.#column] = [row, column];
    this.#stage.focus({ preventScroll: true });
    this.draw();
  }

  hide() {
    if (!this.shown) return;
    [this.#row, this.#held] = [null, false];
    this.#dialog.close();
    this.#stage.replaceChildren();
    this.#probe.leave();
    this.desk.pictures.say();
    this.desk.pictures.settle();
    this.desk.focusPlace();
  }

  #fill(line) {
    const photo = line.querySelector("img");
    this.size = { width: Number(photo.getAttribute("width")), height: Number(photo.getAttribute("height")) };
    const cells = [...line.children];
    this.outputs = cells.map(({ dataset }) => dataset.output);
    this.files = cells.map((cell) => cell.querySelector("a.picture")?.href ?? null);
    this.#stage.replaceChildren(...cells.map((cell, i) => this.#picture(cell, this.files[i])));
    this.#buttons.replaceChildren(...columns().map(({ label }, i) => this.#button(label, i)));
    const [at, name] = [document.createElement("b"), line.querySelector(".caption").textContent];
    at.textContent = `${Number(line.dataset.row) + 1} / ${this.desk.dataset.rows}`;
    this.#place.replaceChildren(at, ` ${name}`);
  }

  #picture(cell, file) {
    if (!file) {
      const said = cell.querySelector(".failed, .waiting") ?? cell;
      return Object.assign(document.createElement("p"), { textContent: said.innerText?.trim() });
    }
    const link = Object.assign(document.createElement("div"), { className: "layer", href: file });
    const { alt } = cell.querySelector("img");
    link.append(Object.assign(document.createElement("img"), { src: file, alt, draggable: false }));
    return link;
  }

  #button(label, i) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain" });
    button.textContent = label;
    button.addEventListener("click", () => this.desk.go(this.#row, i));
    return button;
  }

  get frame() {
    const { width, height } = this.size;
    const room = [this.#stage.clientWidth, this.#stage.clientHeight];
    const fit = Math.min(room[0] / width, room[1] / height);
    return { size: [width * fit, height * fit], room, native: 1 / fit, rest: 1 / fit };
  }

  draw() {
    if (!this.shown) return;
    const shown = this.#held ? 0 : this.#column;
    const frame = this.frame;
    const scale = this.view.scale(frame);
    const [x, y] = this.view.offset(frame);
    this.#stage.classList.toggle("sharp", scale > frame.native * 1.01);
    [...this.#stage.children].forEach((layer, i) => {
      layer.hidden = i !== shown;
      layer.style.width = `${frame.size[0] * scale}px`;
      layer.style.height = `${frame.size[1] * scale}px`;
      if (layer.href) layer.style.transform = `translate(calc(-50% + ${x}px), calc(-50% + ${y}px))`;
    });
    this.#heat(this.#stage.children[shown], shown);
    this.#details.hidden = !this.outputs[shown];
    this.#details.href = `${this.desk.dataset.outputs}${this.outputs[shown]}`;
    [...this.#buttons.children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === shown)));
    this.desk.pictures.say();
  }

  #heat(layer, column) {
    const against = columns()[column].against;
    const rival = against === null ? null : this.files[against];
    if (this.desk.pictures.hot && layer.href && rival) cover(layer, rival);
    else layer.querySelector(".heat")?.remove();
  }

  #under() {
    const box = this.#stage.getBoundingClientRect();
    return { frame: this.frame, middle: [box.left + box.width / 2, box.top + box.height / 2] };
  }

  #point(event) {
    const image = this.#stage.querySelector(".layer:not([hidden]) img");
    if (!image) return this.#probe.leave();
    const box = image.getBoundingClientRect();
    const [across, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (Math.min(across, down) < 0 || Math.max(across, down) >= 1) this.#probe.leave();
    else this.#probe.at(this.files, across, down, this.size);
  }

  #hold(held) {
    this.#held = held;
    this.draw();
  }

  #go(by, column) {
    const row = by ? this.desk.beside(this.#row, by) : this.#row;
    if (row !== null) this.desk.go(row, column);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ([" ", "Enter"].includes(event.key) && event.target.tagName === "BUTTON") return;
    const { pictures } = this.desk;
    const pan = (x, y) => this.view.pan([x * FAR, y * FAR], this.frame);
    const acts = {
      " ": () => event.repeat || this.#hold(true),
      x: () => event.repeat || this.#hold(true),
      ArrowLeft: () => (event.shiftKey ? pan(1, 0) : this.#go(0, this.#column - 1)),
      ArrowRight: () => (event.shiftKey ? pan(-1, 0) : this.#go(0, this.#column + 1)),
      ArrowUp: () => (event.shiftKey ? pan(0, 1) : this.#go(-1, this.#column)),
      ArrowDown: () => (event.shiftKey ? pan(0, -1) : this.#go(1, this.#column)),
      k: () => this.#go(-1, this.#column),
      j: () => this.#go(1, this.#column),
      "+": () => pictures.zoom("in"),
      "=": () => pictures.zoom("in"),
      "-": () => pictures.zoom("out"),
      0: () => this.view.set(1),
      1: () => this.view.set("native"),
      i: () => this.#details.hidden || this.#details.click(),
      h: () => this.desk.heat(),
      g: () => this.desk.grid(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }
}
