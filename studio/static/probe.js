/** The line at the foot: where the pointer is on the photo, and the colour under it in every column. */

import { deltaE, hex } from "./colour.js";
import { coloursAt } from "./pixels.js";

const REST = 60; // ms the pointer must rest before files are read

function swatch(colour) {
  const box = document.createElement("i");
  box.className = "swatch";
  box.style.backgroundColor = hex(colour);
  return box;
}

function item(...parts) {
  const span = document.createElement("span");
  span.append(...parts);
  return span;
}

/** The columns from left to right, the photo first: their names, and which column each is held against. */
export function columns() {
  return [...document.querySelectorAll(".heads .head")].map((head) => ({
    label: head.dataset.label,
    against: head.dataset.against ? Number(head.dataset.against) : null, // 0: the photo
    near: head.dataset.near,
  }));
}

export class Probe {
  #line;
  #idle;
  #timer = 0;
  #asked = 0;

  constructor(line) {
    this.#line = line;
    this.#idle = [...line.childNodes];
  }

  /** Show the pixel at this share of the picture; `files` are the addresses of a row, null where none is. */
  at(files, across, down, size) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(files, across, down, size), REST);
  }

  leave() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#line.replaceChildren(...this.#idle);
  }

  async #read(files, across, down, size) {
    const asked = ++this.#asked;
    const found = await coloursAt(files, across, down);
    if (asked !== this.#asked) return;
    const place = `x ${Math.floor(across * size.width)} y ${Math.floor(down * size.height)}`;
    const seen = columns().flatMap(({ label, against, near }, i) => {
      if (!found[i]) return [];
      const apart = near && found[against] ? ` · ${near.replace("{}", deltaE(found[i], found[against]).toFixed(1))}` : "";
      return [item(swatch(found[i]), `${label} ${hex(found[i])}${apart}`)];
    });
    this.#line.replaceChildren(item(place), ...seen);
  }
}
