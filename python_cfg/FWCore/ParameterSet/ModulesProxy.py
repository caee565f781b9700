"""What ``from Pkg.Sub.modules import Type`` gives, under the name that CMSSW gives its module."""

from pyrun.framework.config.modules_proxy import _ModuleProxy, _setupProxies  # noqa: F401
