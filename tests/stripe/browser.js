// A stand-in for Stripe's script: one field, in which the name of a test card is typed.
window.Stripe = (key) => {
  const address = new URL(document.querySelector("script[src$='/js/stripe.js']").src).origin;
  const field = Object.assign(document.createElement("input"), { id: "test-card" });
  const label = Object.assign(document.createElement("label"), { htmlFor: "test-card" });
  label.textContent = "Test card";
  const ready = [];
  return {
    elements: ({ clientSecret }) => ({
      secret: clientSecret,
      create: () => ({
        on: (name, call) => name === "ready" && ready.push(call),
        mount: (place) => {
          document.querySelector(place).append(label, field);
          ready.forEach((call) => call());
        },
      }),
    }),
    confirmPayment: async ({ elements, confirmParams }) => {
      const answer = await fetch(`${address}/browser/confirm`, {
        method: "POST",
        body: new URLSearchParams({
          key,
          client_secret: elements.secret,
          payment_method: field.value,
        }),
      });
      const { error } = await answer.json();
      if (!error) location.assign(confirmParams.return_url);
      return { error };
    },
  };
};
