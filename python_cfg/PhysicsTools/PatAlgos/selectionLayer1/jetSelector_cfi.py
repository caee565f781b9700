from PhysicsTools.PatAlgos.selectedPatJets_cfi import selectedPatJets as _selectedPatJets

selectedPatJets = _selectedPatJets.clone(cut = "pt > 15")
