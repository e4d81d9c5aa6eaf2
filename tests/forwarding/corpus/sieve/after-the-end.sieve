stop;
redirect "ann@gmail.com";
