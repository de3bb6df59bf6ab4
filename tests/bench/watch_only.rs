//! The least that can be done: list the metadata of every release Secret with the bare client, and open a watch.

use std::path::Path;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ListParams, PartialObjectMeta, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

pub fn run(kubeconfig: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let secrets: Api<PartialObjectMeta<Secret>> = Api::all(Client::try_from(config).unwrap());
        let list = secrets.list(&ListParams::default().labels("owner=helm,status!=superseded")).await.unwrap();
        let version = list.metadata.resource_version.unwrap();
        let _stream = secrets.watch(&WatchParams::default().labels("owner=helm"), &version).await.unwrap();
        assert!(!list.items.is_empty());
    });
}
