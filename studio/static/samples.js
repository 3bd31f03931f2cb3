/** The wall: thousands of photos, of which only the windows near the view are in the page. */

import { choose, chosen, release, show } from "./samples-chosen.js";
import "./samples-drop.js";

const MARGIN = 1; // windows beside those in view
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down", PageUp: "up", PageDown: "down", Home: "first", End: "last" };

class PhotoWall extends HTMLElement {
  connectedCallback() {
    show();
    this.list = this.querySelector("ul");
    if (!this.list) return;
    this.total = Number(this.dataset.total);
    this.step = Number(this.dataset.step);
    this.starts = this.dataset.starts.split(",").map(Number);
    this.windows = new Map();
    this.current = this.anchor = 0;
    this.selects = Boolean(document.getElementById("chosen")); // who may only look, opens
    this.gone = new AbortController();
    this.keepWindow(Number(this.dataset.shown), [...this.list.children]);
    const shown = Number(this.dataset.shown);
    this.layout(shown || this.dataset.at ? this.indexOf(Number(this.dataset.at)) ?? shown * this.step : 0);
    this.listen();
  }

  disconnectedCallback() {
    this.gone?.abort();
    this.resized?.disconnect();
  }

  listen() {
    const until = { signal: this.gone.signal };
    history.scrollRestoration = "manual"; // the address knows the photo
    let asked = false;
    const soon = () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        this.draw();
      });
    };
    addEventListener("scroll", soon, { ...until, passive: true });
    addEventListener("scrollend", () => this.remember(), until);
    this.resized = new ResizeObserver(() => this.layout());
    this.resized.observe(this);
    this.list.addEventListener("click", (event) => this.clicked(event), until);
    this.list.addEventListener("keydown", (event) => this.pressed(event), until);
    this.list.addEventListener("focusin", (event) => this.focused(event), until);
    document.addEventListener("chosen", () => this.tick(), until);
    document.getElementById("choose-all").addEventListener("click", async () => choose(await this.ids(), true), until);
  }

  /** Columns and the height of a row follow from the width; the first photo in view stays in view. */
  layout(first = this.row ? this.firstInView() : 0) {
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ");
    const gap = parseFloat(getComputedStyle(this.list).rowGap);
    const row = parseFloat(columns[0]) + gap;
    if (columns.length === this.columns && row === this.row) return;
    [this.columns, this.row] = [columns.length, row];
    this.list.style.height = `${Math.ceil(this.total / this.columns) * row - gap}px`;
    if (first > 0) this.reveal(first, "start");
    else this.draw();
  }

  /** Bring the windows near the view into the page, and take the others out. */
  draw() {
    const top = -this.list.getBoundingClientRect().top;
    const windowOf = (y) => Math.floor((Math.floor(y / this.row) * this.columns) / this.step);
    const from = Math.max(0, Math.min(this.starts.length - 1, windowOf(top)) - MARGIN);
    const to = Math.min(this.starts.length - 1, Math.max(0, windowOf(top + innerHeight)) + MARGIN);
    for (const [number, shown] of this.windows) {
      if (number >= from && number <= to) continue;
      shown.asked?.abort();
      for (const tile of shown.tiles) tile.remove();
      this.windows.delete(number);
    }
    for (let number = from; number <= to; number += 1) if (!this.windows.has(number)) this.open(number);
    this.place(from);
  }

  /** Where the first window in the page begins: so many rows down, in this column. */
  place(from) {
    const before = from * this.step;
    if (this.lead) this.lead.style.gridColumnStart = "";
    this.lead = this.windows.get(from).tiles[0];
    this.lead.style.gridColumnStart = (before % this.columns) + 1;
    this.list.style.paddingTop = `${Math.floor(before / this.columns) * this.row}px`;
  }

  open(number) {
    const n = Math.min(this.step, this.total - number * this.step);
    const tiles = Array.from({ length: n }, () => Object.assign(document.createElement("li"), { className: "tile", tabIndex: -1 }));
    const next = [...this.windows.keys()].filter((each) => each > number).sort((a, b) => a - b)[0];
    const beside = next === undefined ? null : this.windows.get(next).tiles[0];
    for (const tile of tiles) this.list.insertBefore(tile, beside);
    this.keepWindow(number, tiles, new AbortController());
    this.fill(number);
  }

  async fill(number) {
    const shown = this.windows.get(number);
    try {
      const answer = await fetch(this.address("window", { first: this.starts[number] }), { signal: shown.asked.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (this.windows.get(number) !== shown) return;
      const after = this.starts[number + 1] ?? 0; // somebody may have put a photo aside meanwhile
      const come = [...page.querySelectorAll("li")].filter((each) => Number(each.dataset.id) > after);
      const focus = shown.tiles.indexOf(document.activeElement);
      shown.tiles.forEach((tile, place) => come[place] && tile.replaceWith(come[place]));
      this.keepWindow(number, shown.tiles.map((tile, place) => come[place] ?? tile));
      if (this.windows.has(number - 1) === false) this.place(number);
      if (focus >= 0) come[focus]?.querySelector("a").focus({ preventScroll: true });
      this.remember();
    } catch (error) {
      if (error.name !== "AbortError") this.windows.delete(number), shown.tiles.forEach((tile) => tile.remove());
    }
  }

  keepWindow(number, tiles, asked = null) {
    this.windows.set(number, { tiles, asked });
    tiles.forEach((tile, place) => {
      const index = number * this.step + place;
      tile.ariaPosInSet = index + 1;
      tile.ariaSetSize = this.total;
      const link = tile.querySelector("a");
      if (!link) return;
      link.tabIndex = index === this.current ? 0 : -1;
      const box = tile.querySelector("input");
      box.tabIndex = -1;
      box.checked = chosen.has(Number(tile.dataset.id));
    });
  }

  tick() {
    for (const { tiles } of this.windows.values()) {
      for (const tile of tiles) if (tile.dataset.id) tile.querySelector("input").checked = chosen.has(Number(tile.dataset.id));
    }
  }

  tile(index) {
    return this.windows.get(Math.floor(index / this.step))?.tiles[index % this.step];
  }

  indexOf(id) {
    for (const { tiles } of this.windows.values()) {
      const found = tiles.find((tile) => Number(tile.dataset.id) === id);
      if (found) return found.ariaPosInSet - 1;
    }
    return null;
  }

  firstInView() {
    const hidden = this.offset - this.list.getBoundingClientRect().top;
    return Math.max(0, Math.ceil((hidden - 4) / this.row) * this.columns);
  }

  get offset() {
    return document.querySelector(".tools").offsetHeight;
  }

  reveal(index, where = "nearest") {
    const top = this.list.getBoundingClientRect().top + Math.floor(index / this.columns) * this.row;
    const below = top + this.row - innerHeight + (document.querySelector(".chosen.some")?.offsetHeight ?? 0);
    if (where === "start" || top < this.offset) scrollBy({ top: top - this.offset, behavior: "instant" });
    else if (below > 0) scrollBy({ top: below, behavior: "instant" });
    this.draw();
  }

  /** The address names the first photo in view, so that the way back leads here. */
  remember() {
    const id = this.firstInView() ? this.tile(this.firstInView())?.dataset.id : "";
    if (id === undefined) return;
    const query = new URLSearchParams(location.search);
    if (id) query.set("at", id);
    else query.delete("at");
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  }

  address(what, more = {}) {
    const query = new URLSearchParams(location.search);
    query.delete("at");
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return `${location.pathname}/${what}?${query}`;
  }

  /** All photos that the filters let through, in order; asked once. */
  ids() {
    this.known ??= fetch(this.address("ids")).then((answer) => answer.json());
    return this.known;
  }

  async range(from, to) {
    const all = await this.ids();
    choose(all.slice(Math.min(from, to), Math.max(from, to) + 1), true);
  }

  clicked(event) {
    const tile = event.target.closest(".tile");
    if (!tile?.dataset.id || !this.selects) return;
    const box = event.target.matches("input");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!box && !event.shiftKey && !(plain && chosen.size)) return; // a link
    const index = tile.ariaPosInSet - 1;
    if (!box) event.preventDefault();
    if (event.shiftKey) this.range(this.anchor, index);
    else this.toggle(index);
    this.anchor = index;
  }

  toggle(index) {
    const id = Number(this.tile(index)?.dataset.id);
    if (id) choose([id], !chosen.has(id));
  }

  focused(event) {
    const tile = event.target.closest(".tile");
    if (tile) this.current = tile.ariaPosInSet - 1;
  }

  pressed(event) {
    if (!this.selects && !(event.key in MOVES)) return;
    if (event.key === " ") {
      this.toggle(this.current);
      this.anchor = this.current;
    } else if (event.key === "Escape" && chosen.size) release();
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) this.ids().then((all) => choose(all, true));
    else if (event.key in MOVES) this.move(MOVES[event.key], event.key.startsWith("Page"), event.shiftKey && this.selects);
    else return;
    event.preventDefault();
  }

  move(how, page, extend) {
    const rows = page ? Math.max(1, Math.floor((innerHeight - this.offset) / this.row) - 1) : 1;
    const steps = { up: -this.columns * rows, down: this.columns * rows, first: -this.total, last: this.total };
    const to = Math.max(0, Math.min(this.total - 1, this.current + (steps[how] ?? how)));
    if (extend) this.range(this.anchor, to);
    else if (!chosen.size) this.anchor = to;
    const before = this.tile(this.current)?.querySelector("a");
    if (before) before.tabIndex = -1;
    this.current = to;
    this.reveal(to);
    const link = this.tile(to).querySelector("a");
    if (link) link.tabIndex = 0;
    (link ?? this.tile(to)).focus({ preventScroll: true });
  }
}

customElements.define("photo-wall", PhotoWall);
