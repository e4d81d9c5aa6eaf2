# redirect "ann@gmail.com";
# if true { redirect "ann@gmail.com"; }
keep;
