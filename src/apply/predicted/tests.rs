use super::*;

fn status(predicted: &PredictedServer, path: &Path) -> Option<u16> {
    predicted.answer(&path.shown()).map(|(status, _)| status)
}

#[test]
fn below_a_complete_object_nothing_is_asked() {
    let predicted = PredictedServer::default();
    predicted.complete(&Path::organization("acme"));
    predicted.keep(&Path::organization("acme").fixed("/robots").then("ci"), 200, json!({"name": "acme+ci"}));
    let below = |text: &str| Path::organization("acme").fixed(text);
    assert_eq!(status(&predicted, &below("/robots/ci")), Some(200));
    assert_eq!(status(&predicted, &below("/robots/cd")), Some(400));
    assert_eq!(status(&predicted, &below("/prototypes")), Some(200));
    assert_eq!(status(&predicted, &below("/mirror")), Some(404));
    assert_eq!(status(&predicted, &Path::organization("acme2").fixed("/mirror")), None, "another organization");
    assert_eq!(status(&predicted, &Path::root("/config")), None);
}

#[test]
fn below_an_empty_repository_there_may_be_others() {
    let predicted = PredictedServer::default();
    predicted.complete_repository(&Path::repository("nest/app"));
    let below = |text: &str| status(&predicted, &Path::repository("nest/app").fixed(text));
    assert_eq!(below("/notification/"), Some(200));
    assert_eq!(below("/permissions/team/"), Some(200));
    assert_eq!(below("/mirror"), Some(404));
    assert_eq!(below("/sub/notification/"), None, "the notifications of nest/app/sub");
    assert_eq!(below("/tag?includeTags=false"), None, "a repository with the name of a part");
    assert_eq!(status(&predicted, &Path::repository("nest/app2").fixed("/mirror")), None);
}

#[test]
fn a_renamed_organization_is_looked_up_under_its_old_name() {
    let predicted = PredictedServer::default();
    predicted.renaming("old", "new");
    assert_eq!(predicted.moved("/api/v1/organization/new"), None, "the name is free until its plan is made");
    assert_eq!(predicted.moved("/api/v1/organization/new/robots").as_deref(), Some("/api/v1/organization/old/robots"));
    predicted.rename("old", "new");
    assert_eq!(predicted.moved("/api/v1/organization/new").as_deref(), Some("/api/v1/organization/old"));
    let moved = |path: &str| predicted.moved(&format!("/api/v1/{path}"));
    assert_eq!(moved("organization/new/team/x").as_deref(), Some("/api/v1/organization/old/team/x"));
    assert_eq!(moved("repository/new/a/b?x=1").as_deref(), Some("/api/v1/repository/old/a/b?x=1"));
    assert_eq!(moved("organization/newer"), None);
    let body = json!({"members": [{"name": "old+ci"}, {"name": "older"}], "old+cd": 1, "namespace": "old"});
    let expected = json!({"members": [{"name": "new+ci"}, {"name": "older"}], "new+cd": 1, "namespace": "new"});
    assert_eq!(predicted.adjusted("/api/v1/organization/new/team/x", body), expected);
}
