if false { redirect "ann@gmail.com"; }
