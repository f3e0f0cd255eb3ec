import RescueCommands

Program.main()
