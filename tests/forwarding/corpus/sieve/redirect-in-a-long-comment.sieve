/* was until May:
redirect "ann@gmail.com";
# */
keep;
