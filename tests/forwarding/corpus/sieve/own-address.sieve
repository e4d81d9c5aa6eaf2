redirect "ann@acme.example";
