require "vacation";
vacation :days 3 "Thank you for your order. It is dealt with on the same working day.";
