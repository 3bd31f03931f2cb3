/** The address follows what is chosen, so that a reload and the way back show the same question. */

document.addEventListener("change", (event) => {
  const form = event.target.closest("#builder");
  if (form) history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`);
});
