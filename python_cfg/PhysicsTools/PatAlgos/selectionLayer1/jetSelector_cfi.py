from PhysicsTools.PatAlgos.selectedPatJets_cfi import selectedPatJets as _selectedPatJets

# jets that the taggers can judge, and those beyond the tracker
selectedPatJets = _selectedPatJets.clone(cut = "pt > 15 && abs(eta) <= 2.5")
selectedPatJetsForward = _selectedPatJets.clone(cut = "pt > 15 && abs(eta) > 2.5")
