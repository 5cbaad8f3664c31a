// Shows the OpenAPI document of this very server, without asking anyone else to check it.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#interface",
  deepLinking: true,
  validatorUrl: null,
});
