redirect "ann@gmail.com";
