// The payment page: lets Stripe's script draw its fields and confirm the payment. What came of it is
// never taken from here: the market asks Stripe itself, whatever address the payer comes back by.
(() => {
  "use strict";
  const form = document.getElementById("card");
  const said = document.getElementById("card-said");
  const button = form.querySelector("button");
  const { key, secret, locale, unreachable, unsure } = form.dataset;

  document.getElementById("card-without").hidden = true;
  const say = (words) => {
    said.textContent = words;
    said.hidden = !words;
  };

  if (typeof Stripe !== "function") {
    say(unreachable);
    return;
  }

  const stripe = Stripe(key, { locale });
  const elements = stripe.elements({ clientSecret: secret });
  const fields = elements.create("payment");
  fields.on("ready", () => {
    button.disabled = false;
  });
  fields.on("loaderror", () => say(unreachable));
  form.hidden = false;
  fields.mount("#card-fields");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say("");
    try {
      // Where all went well the payer has left for the return address before this comes back.
      const { error } = await stripe.confirmPayment({
        elements,
        confirmParams: { return_url: form.dataset.return },
      });
      say(error ? error.message : "");
    } catch {
      say(unsure);
    }
    button.disabled = false;
  });
})();
