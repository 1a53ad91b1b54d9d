"use strict";
(() => {
  // The code in capitals while it is typed; the cursor stays where it was.
  const code = document.getElementById("code");
  code?.addEventListener("input", () => {
    const at = code.selectionStart;
    code.value = code.value.toUpperCase();
    code.setSelectionRange(at, at);
  });
  // A wrong one can be looked at, and is gone with the first letter of the next.
  if (code?.getAttribute("aria-invalid") === "true") code.select();

  // Providers are filtered while the name is typed.
  const filter = document.getElementById("filter");
  const found = document.getElementById("found");
  const offers = [...document.querySelectorAll("#provider li")];
  if (filter && found && offers.length === Number(found.dataset.total)) {
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/);
      let left = 0;
      for (const offer of offers) {
        const button = offer.querySelector("button");
        const text = `${button.textContent} ${button.value}`.toLowerCase();
        offer.hidden = !words.every((word) => text.includes(word));
        left += offer.hidden ? 0 : 1;
      }
      found.textContent = `${left} of ${offers.length} providers`;
    });
  }

  // The login went to a window of its own: this one waits for its end.
  const leaving = document.querySelector("form[data-then]");
  leaving?.addEventListener("submit", () => {
    setTimeout(() => location.assign(leaving.dataset.then), 1500);
  });
})();
