require "vacation";
vacation :days 3 :subject "redirect \"ann@gmail.com\";" text:
Dear all,
redirect "ann@gmail.com";
..
if true { redirect "ann@gmail.com"; }
.
;
