redirect "ann%gmail.com@acme.example";
