redirect "joe@acme.example, ann@gmail.com";
