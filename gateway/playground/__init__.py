"""The playground page: GraphiQL, the Yiwu story as examples, the personas, the cities asked."""
