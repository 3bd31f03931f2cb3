/** All pictures of the grid as one: they follow the view, and those in sight get the files and maps they need. */

import { coolLine, heatLine } from "./heat.js";
import { percent } from "./view.js";

const SETTLED = 120; // ms without movement until sharper files are asked for

export class Pictures {
  #timer = 0;
  #seen = new Set();
  #sight = new IntersectionObserver((entries) => this.#sighted(entries));

  constructor(desk, view) {
    [this.desk, this.view, this.hot] = [desk, view, false];
    view.addEventListener("change", () => this.follow());
    new ResizeObserver(() => this.#measure()).observe(desk);
  }

  /** New rows: tell each line its shape, and watch which of them can be seen. */
  arrived() {
    for (const line of this.desk.lines) {
      const photo = line.querySelector("img");
      line.style.setProperty("--pixels", photo.getAttribute("width"));
      line.style.setProperty("--ratio", photo.getAttribute("width") / photo.getAttribute("height"));
      this.#sight.observe(line);
    }
    for (const line of this.#seen) if (!line.isConnected) this.#seen.delete(line);
    this.#measure();
    this.settle();
  }

  /** Tell CSS the room of a picture as plain numbers, so that it can divide by them. */
  #measure() {
    const image = this.desk.querySelector(".line[data-row] .cell.input img");
    if (!image) return;
    const cell = [...image.closest(".line").children].find((each) => each.clientWidth);
    this.desk.style.setProperty("--room", cell.clientWidth);
    this.desk.style.setProperty("--tallest", parseFloat(getComputedStyle(image).maxHeight) || 1e5);
    this.say();
  }

  #sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        this.#seen.add(target);
        if (this.desk.classList.contains("flip")) this.#cover(target);
      } else {
        this.#seen.delete(target);
        coolLine(target);
      }
    }
    this.settle();
  }

  /** The view moved: these properties alone move every picture. */
  follow() {
    const { zoom, centre } = this.view;
    const { dataset, style } = this.desk;
    if (this.view.resting) delete dataset.zoom;
    else dataset.zoom = zoom === "native" ? zoom : "times";
    style.setProperty("--zoom", zoom ?? 1);
    style.setProperty("--x", centre[0]);
    style.setProperty("--y", centre[1]);
    this.say();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.settle(), SETTLED);
  }

  /** What can be seen asks for the file it needs, and for its map of difference. */
  settle() {
    for (const line of this.#seen) {
      const frame = this.frameOf(line);
      if (!frame) continue;
      const scale = this.view.scale(frame);
      line.classList.toggle("sharp", !this.view.resting && scale > frame.native * 1.01);
      const sizes = this.view.resting ? "auto, 33vw" : `${Math.ceil(frame.size[0] * scale)}px`;
      for (const image of line.querySelectorAll("img")) if (image.sizes !== sizes) image.sizes = sizes;
      if (this.hot && !this.desk.viewer?.shown) heatLine(line);
    }
  }

  /** The frame of any picture in `place` that is shown; they are alike in a row. */
  frameOf(place) {
    const links = place.matches("a.picture") ? [place] : [...place.querySelectorAll("a.picture")];
    const link = links.find((each) => each.clientWidth);
    if (!link) return null;
    const image = link.querySelector("img");
    const size = [image.offsetWidth, image.offsetHeight];
    const native = Number(link.closest(".line").querySelector("img").getAttribute("width")) / size[0];
    return { size, room: [link.clientWidth, link.clientHeight], native, rest: 1 };
  }

  /** The frame under an event, and where the middle of its window is. */
  under(event) {
    const link = event.target.closest?.("a.picture");
    const frame = link && this.frameOf(link);
    if (!frame) return null;
    const box = link.getBoundingClientRect();
    return { frame, middle: [box.left + box.width / 2, box.top + box.height / 2] };
  }

  /** Enlarge, shrink, fit, or show pixel for pixel. */
  zoom(how) {
    const frame = this.desk.frame;
    if (how === "fit") this.view.set(this.desk.viewer.shown ? 1 : null);
    else if (how === "native") this.view.set(how);
    else if (frame) this.view.magnify(how === "in" ? 1.5 : 1 / 1.5, frame);
  }

  say() {
    const frame = this.desk.frame;
    if (!frame) return;
    const scale = this.view.scale(frame);
    for (const output of document.querySelectorAll("[data-percent]"))
      output.textContent = percent(this.view, frame, output.dataset.percent);
    for (const button of document.querySelectorAll("[data-zoom]")) {
      const is = { fit: scale === 1, native: scale === frame.native }[button.dataset.zoom];
      if (is !== undefined) button.setAttribute("aria-pressed", String(is));
    }
  }

  /** Show differences instead of pictures, or pictures again. */
  heat(on) {
    this.hot = on;
    document.documentElement.classList.toggle("hot", on);
    for (const button of document.querySelectorAll("[data-heat]")) button.setAttribute("aria-pressed", String(on));
    document.querySelector("[data-grid]").setAttribute("aria-pressed", String(!on));
    if (!on) for (const line of this.#seen) coolLine(line);
    this.settle();
  }

  /** Lay the photo over every picture that can be seen, or take it away. */
  flip(on) {
    if (on) for (const line of this.#seen) this.#cover(line);
    this.desk.classList.toggle("flip", on);
  }

  #cover(line) {
    const photo = line.querySelector(".input img");
    for (const link of line.querySelectorAll(".cell:not(.input) a.picture")) {
      if (link.querySelector(".before")) continue;
      const before = photo.cloneNode();
      [before.className, before.alt, before.loading] = ["before", "", "eager"];
      if (!photo.clientWidth && this.view.resting) before.sizes = "100vw";
      link.append(before);
    }
  }
}
