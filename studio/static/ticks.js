/** The bar under a table of versions: how many are ticked, and what can be done with so many. */

class TickBar extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.#count());
    globalThis.addEventListener("pageshow", () => this.#count()); // the browser keeps ticks when one comes back
    this.#count();
  }

  #count() {
    const ticked = this.querySelectorAll('[name="version"]:checked').length;
    const words = this.querySelector("output");
    words.textContent = ticked === 1 ? words.dataset.one : words.dataset.many.replace("{}", ticked);
    this.querySelector(".ticked").hidden = ticked === 0;
    for (const button of this.querySelectorAll("button[data-least]")) {
      const { least, most = Infinity } = button.dataset;
      button.disabled = ticked < Number(least) || ticked > Number(most);
    }
  }
}

customElements.define("tick-bar", TickBar);
