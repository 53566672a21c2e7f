// Draws the schema as a graph.
const response = await fetch("/graphql", {
  method: "POST",
  body: JSON.stringify({ query: GraphQLVoyager.voyagerIntrospectionQuery }),
  headers: { "Content-Type": "application/json", Accept: "application/json" },
});
GraphQLVoyager.renderVoyager(document.getElementById("voyager"), { introspection: await response.json() });
