require "body";
if body :text :contains ["resign", "password"] { discard; }
