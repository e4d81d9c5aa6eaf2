require "editheader";
addheader "X-Sorted" "yes";
