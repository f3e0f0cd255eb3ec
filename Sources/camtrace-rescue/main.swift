print("camtrace-rescue")
