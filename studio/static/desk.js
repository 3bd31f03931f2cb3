/** The desk: one place in its grid, one view of all its pictures, both kept in the address. */

import { steer } from "./gestures.js";
import { legend } from "./heat.js";
import { keys } from "./keys.js";
import { Pictures } from "./pictures.js";
import { keep, number, word } from "./place.js";
import { Probe } from "./probe.js";
import { touch } from "./touch.js";
import { View } from "./view.js";
import { Viewer } from "./viewer.js";
import "./waiting.js";

const SURROUNDS = ["", "black", "white"];

class PictureDesk extends HTMLElement {
  connectedCallback() {
    this.view = new View();
    this.pictures = new Pictures(this, this.view);
    this.viewer = new Viewer(this);
    this.probe = new Probe(document.getElementById("probe"));
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("focusin", (event) => this.#focused(event));
    this.addEventListener("pointermove", (event) => this.#point(event));
    this.addEventListener("pointerleave", () => this.probe.leave());
    document.addEventListener("htmx:after:swap", () => this.#swapped());
    globalThis.addEventListener("popstate", () => this.#read());
    steer(this, this.view, (event) => this.pictures.under(event));
    touch(this);
    keys(this);
    this.#buttons();
    this.#read();
    this.#swapped();
    if (number("row") !== null && !this.viewer.shown) this.focusPlace();
  }

  /** Take place, mode and view from the address. */
  #read() {
    this.row = number("row") ?? 0;
    this.column = number("column") ?? Number(this.dataset.column);
    this.dataset.surround = word("surround");
    this.view.read();
    this.pictures.heat(word("heat") === "1");
    this.pictures.follow();
    this.#mark();
    if (word("mode") === "large") this.viewer.show(this.row, this.column);
    else this.viewer.hide();
  }

  #buttons() {
    const acts = {
      show: (button) => this.select(this.row, Number(button.dataset.show)),
      zoom: (button) => this.pictures.zoom(button.dataset.zoom),
      heat: () => this.heat(),
      grid: () => this.grid(),
      large: () => this.viewer.open(this.row, this.column),
      keys: () => document.getElementById("all-keys").showModal(),
    };
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      for (const [name, act] of Object.entries(acts)) if (button && name in button.dataset) act(button);
    });
    for (const canvas of document.querySelectorAll(".legend canvas")) legend(canvas);
    for (const close of document.querySelectorAll("#all-keys .close"))
      close.addEventListener("click", () => document.getElementById("all-keys").close());
  }

  get lines() {
    return [...this.querySelectorAll(".line[data-row]")];
  }

  line(row) {
    return this.querySelector(`.line[data-row="${row}"]`);
  }

  /** The frame that keys and buttons mean: the viewer's, else the chosen row's, else any. */
  get frame() {
    if (this.viewer?.shown) return this.viewer.frame;
    return this.pictures.frameOf(this.line(this.row) ?? this);
  }

  /** The row so many further down; null where it is not loaded, which is asked for then. */
  beside(row, by) {
    const lines = this.lines;
    const next = lines[lines.indexOf(this.line(row)) + by];
    const far = this.line(row)?.closest(".window")[by > 0 ? "nextElementSibling" : "previousElementSibling"];
    if (next && (next.parentElement === this.line(row).parentElement || next.parentElement === far))
      return Number(next.dataset.row);
    far?.scrollIntoView({ block: by > 0 ? "start" : "end" });
    return null;
  }

  /** Move to a place if it exists, and show it wherever one looks now. */
  go(row, column) {
    const cell = this.line(row)?.children[column];
    if (!cell) return;
    this.select(row, column);
    if (this.viewer.shown) {
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
      this.viewer.show(row, column);
    } else this.focusPlace();
  }

  /** So many columns to the side, as far as there are any. */
  turn(by) {
    const last = this.querySelectorAll(".heads .head").length - 1;
    this.select(this.row, Math.max(0, Math.min(last, this.column + by)));
  }

  focusPlace() {
    const cell = this.line(this.row)?.children[this.column];
    const target = cell?.querySelector("a.picture, button") ?? cell;
    if (!target) return;
    if (target === cell) cell.tabIndex = -1;
    target.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  select(row, column) {
    [this.row, this.column] = [row, column];
    keep({ row, column });
    this.#mark();
  }

  /** One tab stop in the whole grid, and on a phone one column. */
  #mark() {
    this.dataset.column = this.column;
    for (const link of this.querySelectorAll('a.picture[tabindex="0"]')) link.tabIndex = -1;
    const link = this.line(this.row)?.children[this.column]?.querySelector("a.picture");
    if (link) link.tabIndex = 0;
    for (const button of document.querySelectorAll("[data-show]"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.show) === this.column));
    this.pictures.say();
  }

  #swapped() {
    this.pictures.arrived();
    this.#mark();
  }

  heat(on = !this.pictures.hot) {
    keep({ heat: on });
    this.pictures.heat(on);
    this.viewer.draw();
  }

  /** Back to pictures beside each other. */
  grid() {
    this.viewer.close();
    this.heat(false);
  }

  surround() {
    const next = SURROUNDS[(SURROUNDS.indexOf(this.dataset.surround) + 1) % SURROUNDS.length];
    this.dataset.surround = next;
    keep({ surround: next });
  }

  #placeOf(target) {
    const cell = target.closest?.(".cell");
    const row = cell?.parentElement.dataset.row;
    return row === undefined ? null : [Number(row), [...cell.parentElement.children].indexOf(cell)];
  }

  #focused(event) {
    const place = this.#placeOf(event.target);
    if (place && (place[0] !== this.row || place[1] !== this.column)) this.select(...place);
  }

  #click(event) {
    const place = event.target.closest("a.picture") && this.#placeOf(event.target);
    if (!place || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.select(...place);
    this.viewer.open(...place);
  }

  #point(event) {
    const image = event.pointerType === "mouse" && event.target.closest("a.picture")?.querySelector("img");
    if (!image) return this.probe.leave();
    const box = image.getBoundingClientRect();
    const [across, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (Math.min(across, down) < 0 || Math.max(across, down) >= 1) return this.probe.leave();
    const photo = image.closest(".line").querySelector("img");
    const size = { width: Number(photo.getAttribute("width")), height: Number(photo.getAttribute("height")) };
    const cells = [...image.closest(".line").children];
    this.probe.at(cells.map((cell) => cell.querySelector("a.picture")?.href ?? null), across, down, size);
  }
}

customElements.define("picture-desk", PictureDesk);
