require "fileinto";
if header :contains "subject" "redirect \"ann@gmail.com\";" { fileinto "Odd"; }
