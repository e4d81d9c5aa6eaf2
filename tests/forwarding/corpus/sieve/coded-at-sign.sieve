require "encoded-character";
redirect "ann${hex:40}gmail${unicode:2E}com";
