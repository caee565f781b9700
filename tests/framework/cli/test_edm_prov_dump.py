"""edmProvDump: how the products of a file were made."""

from __future__ import annotations

from edm_files import GEN, JETS, PAT, SIM, TAGS, write

from pyrun.framework.event.provenance import ProcessRecord


def test_history_parameters_software_and_inputs(here, run):
    code, text, _ = run("edm_prov_dump", "pat.root")
    assert code == 0
    assert (
        f"Processing History:\n  SIM '' 'pyrun_0.1.0' [1]  ({SIM.id})\n    PAT '' 'pyrun_0.2.0' [1]  ({PAT.id})\n"
        in text
    )
    assert "Software of PAT: awkward 2.6, python 3.11.7\n" in text
    assert "Input file of PAT: file:sim.root GUID 11-22 checksum abcd\n" in text
    assert "PAT: SelectEvents: vstring tracked  = {'p','q&noexception'}\n" in text
    assert (
        f"""Module: slimmedJets PAT
 PSet id:{PAT.modules[1].id}
 products: {{
  patJets_slimmedJets__PAT.
 }}
 parameters: {{
  @module_edm_type: string tracked  = 'EDProducer'
  @module_label: string tracked  = 'slimmedJets'
  @module_type: string tracked  = 'JetProducer'
  cuts: VPSet tracked = ({{
   {{
    eta: double tracked  = 2.5
   }},
  }})
  debug: bool untracked  = false
  ptMin: double tracked  = 15.0
  sources: VInputTag tracked  = {{'genParticles','a:b'}}
  tagger: PSet tracked = ({{
   name: string tracked  = 'ParT'
  }})
 }}
"""
        in text
    )
    assert " parameters: {\n  @trigger_paths: vstring tracked  = {'p','q'}\n }\n" in text


def modules(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines() if line.startswith(("Module:", "ESSource:", "ESProducer:"))]


def test_what_is_listed(here, run):
    def listed(*options: str) -> list[str]:
        return modules(run("edm_prov_dump", *options, "pat.root")[1])

    without = ["genParticles", "generator", "lumiInfo", "TriggerResults", "btag", "slimmedJets"]
    assert listed("-e") == without
    assert listed() == [*without, "zjec", "ajec"]
    assert listed("-s") == [*without, "ajec", "zjec"]
    assert listed("-a", "-e") == [*without, "out", "source"]
    assert listed("-f", "ptMin") == ["slimmedJets"]
    assert listed("-f", "floats", "-f", "Tagger") == ["btag"]
    text = run("edm_prov_dump", "-t", "-p", "pat.root")[1]
    assert "PSet: options PAT\n parameters: {\n  wantSummary: bool untracked  = true\n }\n" in text
    assert "products" not in text


def test_parents_and_children(here, run):
    def block(option: str, title: str, label: str) -> list[str]:
        text = run("edm_prov_dump", option, "-f", f"Module: {label} ", "pat.root")[1]
        return text.split(f" {title}: {{\n")[1].split(" }")[0].split()

    assert block("-d", "dependencies", "btag") == [JETS.name]
    assert block("-x", "extendedAncestors", "btag") == sorted([GEN.name, JETS.name])
    assert block("-c", "extendedDescendants", "genParticles") == sorted([TAGS.name, JETS.name])
    assert "no dependencies recorded" in run("edm_prov_dump", "-d", "pat.root")[1]


def test_one_parameter_set(here, run):
    code, text, _ = run("edm_prov_dump", "-i", PAT.modules[1].id, "pat.root")
    assert code == 0
    assert text.startswith(f"ParameterSetID: {PAT.modules[1].id}\n parameters: {{\n")
    code, _, error = run("edm_prov_dump", "-i", "0" * 32, "pat.root")
    assert code == 2 and "No module" in error


def test_parameters_that_are_missing_are_told(here, run):
    write("old.root", processes=(ProcessRecord("SIM", "0.1.0", "..."), PAT))
    code, text, error = run("edm_prov_dump", "old.root")
    assert code == 1
    assert "does not tell the parameters of genParticles in process SIM" in error
    assert "Module: genParticles SIM\n products: {" in text


def test_a_file_without_provenance(nano, run):
    code, _, error = run("edm_prov_dump", nano)
    assert code == 2 and "NanoAOD" in error
