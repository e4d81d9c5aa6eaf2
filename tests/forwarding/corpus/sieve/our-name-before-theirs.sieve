redirect "ann@acme.example.evil.test";
