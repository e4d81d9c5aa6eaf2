if true { }
redirect "ann.lee@yahoo.com";
