/** How files come in: dropped anywhere on the page, and sent as they are. */

/** Give what is dropped to `take`; `over` hears whether a file is held above the page. */
export function dropped(take, over) {
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    over(true);
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    over(false);
    take(event.dataTransfer);
  });
}

/** A request whose body is a file, with the token of the page; send it when somebody listens. */
export function bringing(address) {
  const request = new XMLHttpRequest();
  request.open("POST", address);
  const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  return request;
}

/** How much of it is sent; afterwards the bar waits without end, while it is being looked at. */
export function showing(bar, request) {
  request.upload.addEventListener("progress", (event) => {
    if (event.loaded < event.total) bar.value = event.loaded / event.total;
    else bar.removeAttribute("value");
  });
}
