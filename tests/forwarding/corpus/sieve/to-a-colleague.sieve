redirect "joe@acme.example";
