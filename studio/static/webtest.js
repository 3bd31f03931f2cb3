/** A photo of one's own comes in as the raw body, and its page counts down until it is forgotten. */

import { bringing, dropped, showing } from "./files.js";

class PhotoTest extends HTMLElement {
  connectedCallback() {
    for (const input of this.querySelectorAll("[data-photo]"))
      input.addEventListener("change", () => {
        this.send(input.files[0]);
        input.value = "";
      });
    this.listen();
    if (this.dataset.ends) this.count();
    this.choices();
  }

  listen() {
    const here = this.querySelector(".drop-here");
    dropped((transfer) => this.send(transfer.files[0]), (on) => (here.hidden = !on));
    addEventListener("paste", (event) => event.clipboardData.files.length && this.send(event.clipboardData.files[0]));
  }

  send(file) {
    if (!file) return;
    if (file.size > Number(this.dataset.most)) return this.refuse(this.dataset.heavy);
    const [line, request] = [this.querySelector(".sending"), bringing(this.dataset.to)];
    line.hidden = false;
    this.refuse("");
    showing(line.querySelector("progress"), request);
    request.addEventListener("loadend", () => {
      line.hidden = true;
      this.answered(request);
    });
    request.setRequestHeader("Accept", "application/json");
    request.send(file);
  }

  answered(request) {
    let said = {};
    try {
      said = JSON.parse(request.responseText);
    } catch {
      // no words came: the studio was not reached
    }
    if (request.status === 201) location.assign(said.address + chosen());
    else this.refuse(said.title ? `${said.title} ${said.detail}` : this.dataset.lost);
  }

  refuse(sentence) {
    const line = this.querySelector(".refused");
    line.hidden = !sentence;
    line.textContent = sentence;
  }

  /** Minutes and seconds that are left; then there is nothing here any more. */
  count() {
    const [end, shown] = [Date.parse(this.dataset.ends), this.querySelector("[data-left]")];
    const tick = () => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      if (!left) return location.replace(this.dataset.after);
      shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      return setTimeout(tick, 1000);
    };
    tick();
  }

  /** A control that changes is a new address, which keeps zoom and place. */
  choices() {
    const form = document.querySelector("[data-choices]");
    if (!form) return;
    const go = () => location.assign(location.pathname + chosen());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go();
    });
    for (const select of form.querySelectorAll("select")) select.addEventListener("change", go);
  }
}

/** The address of now with the form's versions and controls. */
function chosen() {
  const query = new URLSearchParams(location.search);
  for (const name of [...query.keys()]) if (name === "variant" || name === "forgotten" || name.startsWith("set.")) query.delete(name);
  for (const [name, value] of new FormData(document.querySelector("[data-choices]"))) query.append(name, value);
  const text = query.toString();
  return text ? `?${text.replaceAll("%2C", ",")}` : "";
}

customElements.define("photo-test", PhotoTest);
