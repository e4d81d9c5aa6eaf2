redirect "joe@acme.example";
redirect "jim@acme.test";
redirect "desk@partner.example";
