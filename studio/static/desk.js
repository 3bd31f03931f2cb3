/** The grid of the desk: one place in it, moved by keys, pointer and finger, and kept in the address. */

import { keep, number, word } from "./place.js";
import { Probe } from "./probe.js";
import { Viewer } from "./viewer.js";

const HOLD = 350; // ms a finger rests until the photo shows
const SWIPE = 40; // px to the side
const SURROUNDS = ["", "black", "white"];

class PictureDesk extends HTMLElement {
  #row = 0;
  #column = 1;
  #finger = null;

  connectedCallback() {
    this.viewer = new Viewer(this);
    this.probe = new Probe(document.getElementById("probe"));
    this.#row = number("row") ?? 0;
    this.#column = number("column") ?? Number(this.dataset.column);
    this.dataset.surround = word("surround");
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("keyup", (event) => [" ", "x"].includes(event.key) && this.#flip(false));
    globalThis.addEventListener("blur", () => this.#flip(false));
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("focusin", (event) => this.#focused(event));
    this.addEventListener("pointermove", (event) => this.#point(event));
    this.addEventListener("pointerleave", () => this.probe.leave());
    this.addEventListener("htmx:after:swap", () => this.#mark());
    this.#touch();
    for (const button of document.querySelectorAll("[data-show]"))
      button.addEventListener("click", () => this.#select(this.#row, Number(button.dataset.show)));
    this.#mark();
    if (number("row") !== null) this.focusPlace();
    this.viewer.restore(this.#row, this.#column);
  }

  line(row) {
    return this.querySelector(`.line[data-row="${row}"]`);
  }

  /** Move to a place if it exists, and show it wherever one looks now. */
  go(row, column) {
    const cell = this.line(row)?.children[column];
    if (!cell) return;
    this.#select(row, column);
    if (this.viewer.open) {
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
      this.viewer.show(row, column);
    } else this.focusPlace();
  }

  focusPlace() {
    const cell = this.line(this.#row)?.children[this.#column];
    const target = cell?.querySelector("a.picture, button") ?? cell;
    if (!target) return;
    if (target === cell) cell.tabIndex = -1;
    target.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #select(row, column) {
    [this.#row, this.#column] = [row, column];
    keep({ row, column });
    this.#mark();
  }

  /** One tab stop in the whole grid, and on a phone one column. */
  #mark() {
    this.dataset.column = this.#column;
    for (const link of this.querySelectorAll('a.picture[tabindex="0"]')) link.tabIndex = -1;
    const link = this.line(this.#row)?.children[this.#column]?.querySelector("a.picture");
    if (link) link.tabIndex = 0;
    for (const button of document.querySelectorAll("[data-show]"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.show) === this.#column));
  }

  #placeOf(target) {
    const cell = target.closest?.(".cell");
    const row = cell?.parentElement.dataset.row;
    return row === undefined ? null : [Number(row), [...cell.parentElement.children].indexOf(cell)];
  }

  #focused(event) {
    const place = this.#placeOf(event.target);
    if (place && (place[0] !== this.#row || place[1] !== this.#column)) this.#select(...place);
  }

  #click(event) {
    const place = event.target.closest("a.picture") && this.#placeOf(event.target);
    if (!place || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#select(...place);
    this.viewer.show(...place);
  }

  #key(event) {
    if (this.viewer.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const own = event.target.closest("button, input, [popover]:popover-open, summary");
    if (own && [" ", "Enter", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    const [row, column] = [this.#row, this.#column];
    const here = this.contains(document.activeElement);
    const move = (to, at) => (here ? this.go(to, at) : this.go(row, column));
    const act = {
      " ": () => event.repeat || this.#flip(true),
      x: () => event.repeat || this.#flip(true),
      j: () => move(row + 1, column),
      k: () => move(row - 1, column),
      ArrowDown: () => move(row + 1, column),
      ArrowUp: () => move(row - 1, column),
      ArrowRight: () => move(row, column + 1),
      ArrowLeft: () => move(row, column - 1),
      s: () => this.#surround(),
      "?": () => document.querySelector('[popovertarget="all-keys"]').click(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #surround() {
    const next = SURROUNDS[(SURROUNDS.indexOf(this.dataset.surround) + 1) % SURROUNDS.length];
    this.dataset.surround = next;
    keep({ surround: next });
  }

  /** Lay the photo over every picture that can be seen, or take it away. */
  #flip(on) {
    if (on) for (const line of this.querySelectorAll(".line[data-row]")) if (this.#visible(line)) this.#cover(line);
    this.classList.toggle("flip", on);
  }

  #visible(line) {
    const box = line.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  }

  #cover(line) {
    const photo = line.querySelector(".input img");
    for (const link of line.querySelectorAll(".cell:not(.input) a.picture")) {
      if (link.querySelector(".before")) continue;
      const before = photo.cloneNode();
      [before.className, before.alt, before.loading] = ["before", "", "eager"];
      if (!photo.clientWidth) before.sizes = "100vw";
      link.append(before);
    }
  }

  #point(event) {
    const image = event.pointerType === "mouse" && event.target.closest("a.picture")?.querySelector("img");
    if (!image) return this.probe.leave();
    const line = image.closest(".line");
    const photo = line.querySelector("img");
    const size = { width: Number(photo.getAttribute("width")), height: Number(photo.getAttribute("height")) };
    const box = image.getBoundingClientRect();
    const scale = Math.min(box.width / size.width, box.height / size.height);
    const across = (event.clientX - box.left - box.width / 2) / (size.width * scale) + 0.5;
    const down = (event.clientY - box.top - box.height / 2) / (size.height * scale) + 0.5;
    if (Math.min(across, down) < 0 || Math.max(across, down) >= 1) return this.probe.leave();
    const files = [...line.children].map((cell) => cell.querySelector("a.picture")?.href ?? null);
    this.probe.at(files, across, down, size);
  }

  /** A finger that rests shows the photo; one that goes to the side changes the column. */
  #touch() {
    let timer = 0;
    const end = () => {
      clearTimeout(timer);
      this.#flip(false);
    };
    this.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" || !event.target.closest("a.picture")) return;
      this.#finger = [event.clientX, event.clientY];
      timer = setTimeout(() => {
        this.#finger = null;
        this.#flip(true);
      }, HOLD);
    });
    this.addEventListener("pointermove", (event) => {
      if (!this.#finger || event.pointerType === "mouse") return;
      const [x, y] = [event.clientX - this.#finger[0], event.clientY - this.#finger[1]];
      if (Math.hypot(x, y) < 10) return;
      clearTimeout(timer);
      if (Math.abs(x) < SWIPE || Math.abs(x) < Math.abs(y)) return;
      this.#finger = null;
      const last = this.querySelectorAll(".heads .head").length - 1;
      this.#select(this.#row, Math.max(0, Math.min(last, this.#column - Math.sign(x))));
    });
    for (const name of ["pointerup", "pointercancel"]) this.addEventListener(name, end);
    this.addEventListener("contextmenu", (event) => this.classList.contains("flip") && event.preventDefault());
  }
}

customElements.define("picture-desk", PictureDesk);
