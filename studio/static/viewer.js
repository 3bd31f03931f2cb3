/** The real file at 100 %: columns change in the same place, holding a key shows the photo. */

import { keep, number, word } from "./place.js";
import { columns, Probe } from "./probe.js";

const ZOOMS = [0.25, 0.5, 1, 2, 4, 8];

export class Viewer {
  #dialog = document.getElementById("viewer");
  #stage = this.#dialog.querySelector(".stage");
  #place = this.#dialog.querySelector(".place");
  #buttons = this.#dialog.querySelector(".columns");
  #output = this.#dialog.querySelector("output");
  #probe = new Probe(this.#dialog.querySelector(".probe"));
  #fingers = new Map();
  #held = false;
  #zoom = 1;
  #pan = [0, 0];
  #row = null;
  #column = 0;

  /** `desk` gives rows and is told where one went: `line(row)`, `go(row, column)`. */
  constructor(desk) {
    this.desk = desk;
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("keyup", (event) => [" ", "x"].includes(event.key) && this.#hold(false));
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
    for (const button of this.#dialog.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => this.#step(Number(button.dataset.zoom)));
    this.#stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#stage.addEventListener("pointerdown", (event) => this.#press(event));
    this.#stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"])
      this.#stage.addEventListener(end, (event) => this.#fingers.delete(event.pointerId));
    this.#stage.addEventListener("pointerleave", () => this.#probe.leave());
  }

  get open() {
    return this.#dialog.open;
  }

  /** Open as the address says, if it says so. */
  restore(row, column) {
    const zoom = number("zoom");
    if (!zoom) return;
    this.#zoom = ZOOMS.includes(zoom / 100) ? zoom / 100 : 1;
    const [x, y] = word("at").split(",").map(Number);
    this.#pan = [x || 0, y || 0];
    this.show(row, column);
  }

  show(row, column) {
    const line = this.desk.line(row);
    if (!line) return;
    if (!this.#dialog.open) this.#dialog.showModal();
    if (row !== this.#row) this.#fill(line);
    [this.#row, this.#column] = [row, column];
    this.#stage.focus({ preventScroll: true });
    this.#draw();
  }

  #fill(line) {
    this.files = [...line.children].map((cell) => cell.querySelector("a.picture")?.href ?? null);
    const photo = line.querySelector("img");
    this.size = { width: Number(photo.getAttribute("width")), height: Number(photo.getAttribute("height")) };
    const images = this.files.map((file, i) => {
      const made = document.createElement(file ? "img" : "p");
      if (file) [made.src, made.alt, made.draggable] = [file, line.children[i].querySelector("img").alt, false];
      else made.textContent = line.children[i].textContent.trim();
      return made;
    });
    this.#stage.replaceChildren(...images);
    this.#buttons.replaceChildren(...columns().map(({ label }, i) => this.#button(label, i)));
    const [at, name] = [document.createElement("b"), line.querySelector(".caption").textContent];
    at.textContent = `${Number(line.dataset.row) + 1} / ${this.desk.dataset.rows}`;
    this.#place.replaceChildren(at, ` ${name}`);
  }

  #button(label, i) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain" });
    button.textContent = label;
    button.addEventListener("click", () => this.desk.go(this.#row, i));
    return button;
  }

  #draw() {
    const shown = this.#held ? 0 : this.#column;
    [...this.#stage.children].forEach((image, i) => {
      image.classList.toggle("shown", i === shown);
      if (image.tagName === "P") image.hidden = i !== shown;
      image.classList.toggle("sharp", this.#zoom >= 2);
      image.style.width = `${this.size.width * this.#zoom}px`;
      image.style.transform = `translate(calc(-50% + ${this.#pan[0]}px), calc(-50% + ${this.#pan[1]}px))`;
    });
    [...this.#buttons.children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === shown)));
    this.#output.textContent = `${this.#zoom * 100} %`;
    const at = this.#pan.some(Math.round) ? this.#pan.map(Math.round).join(",") : null;
    keep({ zoom: this.#zoom * 100, at });
  }

  #step(by, centre = [0, 0]) {
    const next = ZOOMS[ZOOMS.indexOf(this.#zoom) + by];
    if (!next) return;
    const grown = next / this.#zoom;
    this.#pan = this.#pan.map((value, i) => centre[i] - (centre[i] - value) * grown);
    this.#zoom = next;
    this.#draw();
  }

  #wheel(event) {
    event.preventDefault();
    this.#step(event.deltaY < 0 ? 1 : -1, this.#fromCentre(event));
  }

  #fromCentre(event) {
    const box = this.#stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  }

  #press(event) {
    this.#stage.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.spread = this.#apart();
  }

  #apart() {
    const [one, other] = [...this.#fingers.values()];
    return other ? Math.hypot(one[0] - other[0], one[1] - other[1]) : 0;
  }

  #move(event) {
    const last = this.#fingers.get(event.pointerId);
    if (!last) return this.#point(event);
    this.#fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.#fingers.size === 2) return this.#pinch();
    this.#pan = [this.#pan[0] + event.clientX - last[0], this.#pan[1] + event.clientY - last[1]];
    this.#draw();
  }

  #pinch() {
    const apart = this.#apart();
    if (apart > this.spread * 1.5) this.#step(1);
    else if (apart < this.spread / 1.5) this.#step(-1);
    else return;
    this.spread = apart;
  }

  #point(event) {
    const [x, y] = this.#fromCentre(event);
    const across = (x - this.#pan[0]) / (this.size.width * this.#zoom) + 0.5;
    const down = (y - this.#pan[1]) / (this.size.height * this.#zoom) + 0.5;
    if (Math.min(across, down) < 0 || Math.max(across, down) >= 1) this.#probe.leave();
    else this.#probe.at(this.files, across, down, this.size);
  }

  #hold(held) {
    this.#held = held;
    this.#draw();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    const act = {
      " ": () => event.repeat || this.#hold(true),
      x: () => event.repeat || this.#hold(true),
      ArrowLeft: () => this.desk.go(this.#row, this.#column - 1),
      ArrowRight: () => this.desk.go(this.#row, this.#column + 1),
      ArrowUp: () => this.desk.go(this.#row - 1, this.#column),
      ArrowDown: () => this.desk.go(this.#row + 1, this.#column),
      k: () => this.desk.go(this.#row - 1, this.#column),
      j: () => this.desk.go(this.#row + 1, this.#column),
      "+": () => this.#step(1),
      "=": () => this.#step(1),
      "-": () => this.#step(-1),
      0: () => this.#step(ZOOMS.indexOf(1) - ZOOMS.indexOf(this.#zoom)),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #closed() {
    [this.#row, this.#held] = [null, false];
    this.#stage.replaceChildren();
    this.#probe.leave();
    keep({ zoom: null, at: null });
    this.desk.focusPlace();
  }
}
