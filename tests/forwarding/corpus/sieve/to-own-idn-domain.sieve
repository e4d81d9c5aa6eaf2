redirect "joe@müller-acme.example";
redirect "jim@xn--mller-acme-9db.example";
